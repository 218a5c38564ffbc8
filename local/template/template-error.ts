/** Where in a template something is wrong. */
export interface TemplateSite {
  readonly stackName: string;
  /** For example `Handler886CB40B.Properties.Environment.Variables.TABLE_NAME`. */
  readonly path: string;
}

const generalAdvice = ({ stackName, path }: TemplateSite): string =>
  `Look for ${path.split('.')[0]} in ${stackName}.template.json of the synthesized app: its Metadata names the construct to mend.`;

/** A template that cannot be resolved; the message names the logical id, the path of the property and the intrinsic. */
export class TemplateError extends Error {
  readonly site: TemplateSite;
  /** What the person at the terminal can do. */
  readonly advice: string;

  constructor(site: TemplateSite, problem: string, advice: string = generalAdvice(site)) {
    super(`${site.stackName}: ${site.path}: ${problem}`);
    this.name = 'TemplateError';
    this.site = site;
    this.advice = advice;
  }
}

/** The site of a member: `at(site, 'Variables')`. */
export const at = (site: TemplateSite, member: string | number): TemplateSite => ({ ...site, path: `${site.path}.${member}` });

/** An attribute of a resource that no local service runs, so nobody knows its value. */
export class UnknownAttributeError extends TemplateError {}

/** A value that only a custom resource can tell, and it has not run yet. */
export class PendingValueError extends TemplateError {
  /** The custom resource: `Stack/LogicalId`. */
  readonly customResource: string;

  constructor(site: TemplateSite, customResource: string) {
    super(
      site,
      `this value comes from the custom resource ${customResource}, which has not run when it is needed`,
      'Local mode runs custom resources when the stores are there and before the functions: only functions, roles, APIs, distributions, schedules and outputs may use what they give.',
    );
    this.customResource = customResource;
  }
}

/** The result of some work, or what it waits for. */
export function unlessPending<Value>(work: () => Value): Value | PendingValueError {
  try {
    return work();
  } catch (error) {
    if (error instanceof PendingValueError) return error;
    throw error;
  }
}
