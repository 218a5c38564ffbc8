import { AwsProxy, type Exchange } from '../support/aws-proxy.ts';

/** How SES fails: it answers that it cannot, answers nothing, or refuses the e-mail. */
export type SesFault = 'down' | 'silent' | 'refuses';

/** Stands between the functions and SES, and fails as a test says. */
export class SesFaultProxy extends AwsProxy {
  fault: SesFault | undefined;
  /** The bodies of the requests that came. */
  readonly requests: string[] = [];

  protected answer(exchange: Exchange): void {
    this.requests.push(exchange.body.toString());
    if (this.fault === 'silent') return;
    if (this.fault === undefined) {
      exchange.passOn();
      return;
    }
    const [status, type] = this.fault === 'down' ? [503, 'ServiceUnavailable'] : [400, 'MessageRejected'];
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': String(type) };
    exchange.reply(Number(status), headers, JSON.stringify({ message: 'By a test' }));
  }
}
