import { renderXml } from '../../http/aws-protocol.ts';

/** What CloudFront itself answers, instead of an origin. */
export class ViewerError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ViewerError';
    this.status = status;
    this.code = code;
  }

  /** As CloudFront writes it. */
  get xml(): string {
    const content = [
      ['Code', this.code],
      ['Message', this.message],
    ] as const;
    return `<?xml version="1.0" encoding="UTF-8"?>${renderXml([['Error', content]])}`;
  }
}
