/**
 * Ends this thread before it takes far more memory than it may in one call, during which nobody could watch it. Memory is taken from
 * the machine when it is written, so these are the calls that matter.
 *
 * @param onExceeded ends the thread
 */
export function guardMemory(maxBytes: number, onExceeded: () => never): void {
  const refuse = (bytes: unknown): void => {
    if (typeof bytes === 'number' && bytes > maxBytes) onExceeded();
  };
  for (const method of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
    const original = Buffer[method];
    Reflect.set(Buffer, method, (size: number, ...rest: []) => {
      refuse(size);
      return original(size, ...rest);
    });
  }
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  const fill = typedArray.fill;
  Reflect.set(typedArray, 'fill', function (this: Uint8Array, ...values: [number]) {
    refuse(this.byteLength);
    return fill.apply(this, values);
  });
}
