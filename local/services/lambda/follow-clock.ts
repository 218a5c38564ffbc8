const native = Date;

/** Reads the machine's time, whatever the run's clock says: deadlines and time-outs pass with the machine. */
export const machineNow: () => number = native.now;

/**
 * Makes `Date.now()`, `new Date()` and `Date()` of this thread tell the time of the run's clock, as it is at each call.
 * Timers and `performance.now()` go on with the machine. To be called before the function's code is loaded, which may keep `Date.now`
 * or extend `Date`. A call costs about 0.1 µs more than the native one.
 *
 * @param shared the clock's offset in milliseconds, as `Clock.shared`
 */
export function followClock(shared: SharedArrayBuffer): void {
  const offsetMs = new Float64Array(shared);
  const now = (): number => machineNow() + (offsetMs[0] as number);
  // A proxy, not a subclass: what native code makes stays an `instanceof Date`, and classes may extend it.
  const shifted: DateConstructor = new Proxy(native, {
    construct: (target, values, newTarget) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget === shifted ? target : newTarget) as object,
    apply: () => new native(now()).toString(),
  });
  native.now = now;
  native.prototype.constructor = shifted;
  globalThis.Date = shifted;
}
