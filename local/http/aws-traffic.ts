/** How often something was called, and the capacity units that AWS would bill for it. */
export interface Traffic {
  readonly requests: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** Counts requests by service and operation, so that a test can assert what one API call costs. */
export class AwsTraffic {
  readonly #byOperation = new Map<string, { requests: number; readUnits: number; writeUnits: number }>();

  /** @param operation for example `dynamodb:PutItem` */
  count(operation: string, units?: { readonly read: number; readonly write: number }): void {
    let traffic = this.#byOperation.get(operation);
    if (traffic === undefined) {
      traffic = { requests: 0, readUnits: 0, writeUnits: 0 };
      this.#byOperation.set(operation, traffic);
    }
    traffic.requests += 1;
    traffic.readUnits += units?.read ?? 0;
    traffic.writeUnits += units?.write ?? 0;
  }

  /** By operation, for example `dynamodb:PutItem`. */
  counts(): Readonly<Record<string, Traffic>> {
    return Object.fromEntries([...this.#byOperation].map(([operation, traffic]) => [operation, { ...traffic }]));
  }

  reset(): void {
    this.#byOperation.clear();
  }
}
