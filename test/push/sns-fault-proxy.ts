import { AwsProxy, type Exchange } from '../support/aws-proxy.ts';

/** Stands between the functions and SNS, whose operations are named in their bodies; fails those that a test names. */
export class SnsFaultProxy extends AwsProxy {
  /** For example `Subscribe`. */
  readonly failing = new Set<string>();

  protected answer(exchange: Exchange): void {
    const operation = new URLSearchParams(exchange.body.toString()).get('Action') ?? '';
    if (this.failing.has(operation)) {
      const error = '<Error><Type>Receiver</Type><Code>ServiceUnavailable</Code><Message>By a test</Message></Error>';
      exchange.reply(503, { 'content-type': 'text/xml' }, `<ErrorResponse>${error}</ErrorResponse>`);
    } else exchange.passOn();
  }
}
