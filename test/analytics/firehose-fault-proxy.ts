import { AwsProxy, type Exchange } from '../support/aws-proxy.ts';

/** How Firehose fails: it answers that it cannot, answers nothing, or takes every other record only. */
export type FirehoseFault = 'down' | 'silent' | 'partly';

interface PutBatch {
  readonly DeliveryStreamName: string;
  readonly Records: readonly { readonly Data: string }[];
}

const headers = { 'content-type': 'application/x-amz-json-1.1' };

/** Stands between the functions and Firehose, and fails as a test says. */
export class FirehoseFaultProxy extends AwsProxy {
  fault: FirehoseFault | undefined;
  /** The records of each request. */
  readonly requests: (readonly string[])[] = [];

  protected answer(exchange: Exchange): void {
    const put = JSON.parse(exchange.body.toString()) as PutBatch;
    this.requests.push(put.Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()));
    if (this.fault === 'silent') return;
    if (this.fault === 'down') {
      exchange.reply(503, headers, JSON.stringify({ __type: 'ServiceUnavailableException', message: 'By a test' }));
      return;
    }
    const isTaken = (index: number): boolean => this.fault === undefined || index % 2 === 0;
    const Records = put.Records.filter((_, index) => isTaken(index));
    exchange.passOn(Buffer.from(JSON.stringify({ ...put, Records })), (status) => {
      const RequestResponses = put.Records.map((_, index) =>
        isTaken(index) ? { RecordId: String(index) } : { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' },
      );
      const answer = { FailedPutCount: put.Records.length - Records.length, RequestResponses };
      exchange.reply(status, headers, JSON.stringify(answer));
    });
  }
}
