/** The parts of dynalite 4.0.0 that we use. It has no types of its own. */
declare module 'dynalite/validations/index.js' {
  interface DynaliteValidations {
    checkValidations(data: Record<string, unknown>, types: Record<string, unknown>, custom: undefined, store: undefined): void;
    validateConditions(conditions: unknown): string | undefined;
    validateAttributeConditions(data: unknown): string | undefined;
    validateExpressionParams(data: unknown, expressions: string[], nonExpressions: string[]): string | undefined;
    validateExpressions(data: unknown): string | undefined;
    convertKeyCondition(expression: unknown): unknown;
    findDuplicate(values: readonly string[]): string | undefined;
  }
  const validations: DynaliteValidations;
  export = validations;
}

declare module 'dynalite/db/index.js' {
  interface DynaliteDb {
    toLexiStr(value: string, type: 'N'): string;
  }
  const db: DynaliteDb;
  export = db;
}

declare module 'dynalite/validations/*' {
  interface DynaliteOperation {
    types: Record<string, unknown>;
    custom?: (data: Record<string, unknown>, store: { options: { maxItemSize: number } }) => string | undefined;
  }
  const operation: DynaliteOperation;
  export = operation;
}
