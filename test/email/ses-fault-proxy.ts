import { AwsProxy, type Exchange } from '../support/aws-proxy.ts';

/** How SES fails: it answers that it cannot, answers nothing, refuses the e-mail, or does not know whom it is from or to. */
export type SesFault = 'down' | 'silent' | 'refuses' | 'unverified';

const unverified = 'Email address is not verified. The following identities failed the check in region US-EAST-1: someone@example.org';

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
    exchange.reply(Number(status), headers, JSON.stringify({ message: this.fault === 'unverified' ? unverified : 'By a test' }));
  }
}
