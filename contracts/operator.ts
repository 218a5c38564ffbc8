/**
 * What whoever looks after a backend hands to a function behind the API, with `lambda:InvokeFunction` in the place of an access token:
 * a request of the system. No request over HTTP has this form, since API Gateway makes those events.
 */
export interface OperatorEvent {
  readonly operator: {
    readonly method: string;
    /** Percent-encoded, as in a URL. */
    readonly path: string;
    readonly query?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** The text of the JSON body. */
    readonly body?: string;
  };
}

/** What a function answers to an {@link OperatorEvent}. */
export interface OperatorAnswer {
  readonly status: number;
  /** The text of the JSON body: of a problem, too. */
  readonly body?: string;
}
