/** Where in a template something is wrong. */
export interface TemplateSite {
  readonly stackName: string;
  /** For example `Handler886CB40B.Properties.Environment.Variables.TABLE_NAME`. */
  readonly path: string;
}

/** A template that cannot be resolved; the message names the logical id, the path of the property and the intrinsic. */
export class TemplateError extends Error {
  readonly site: TemplateSite;

  constructor(site: TemplateSite, problem: string) {
    super(`${site.stackName}: ${site.path}: ${problem}`);
    this.name = 'TemplateError';
    this.site = site;
  }
}

/** The site of a member: `at(site, 'Variables')`. */
export const at = (site: TemplateSite, member: string | number): TemplateSite => ({ ...site, path: `${site.path}.${member}` });

/** An attribute of a resource that no local service runs, so nobody knows its value. */
export class UnknownAttributeError extends TemplateError {}
