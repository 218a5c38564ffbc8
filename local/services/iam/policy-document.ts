type OneOrMore<Value> = Value | readonly Value[];

/** A statement of an IAM policy. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMore<string>;
  readonly NotAction?: OneOrMore<string>;
  readonly Resource?: OneOrMore<string>;
  readonly NotResource?: OneOrMore<string>;
  readonly Principal?: PolicyPrincipal;
  readonly NotPrincipal?: PolicyPrincipal;
  readonly Condition?: Readonly<Record<string, unknown>>;
}

/** Whom a statement of a resource's policy is about: `*`, or lists by kind (`AWS`, `Service`, …). */
export type PolicyPrincipal = '*' | Readonly<Record<string, OneOrMore<string>>>;

/** An IAM policy as its JSON is. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: OneOrMore<PolicyStatement>;
}

/** A policy that IAM would refuse to store. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** IAM lets most members be one value or a list of them. */
export const listOf = <Value>(value: OneOrMore<Value> | undefined): readonly Value[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as Value];
