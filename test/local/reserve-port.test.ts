import { connect } from 'node:net';
import { reservePort } from '../../local/reserve-port.ts';

describe('reservePort', () => {
  it('refuses a port that another program has', async () => {
    const reserved = await reservePort(0);
    await expect(reservePort(reserved.port)).rejects.toThrow(`Port ${reserved.port} is taken by another program.`);
    await reserved.release();
  });

  it('releases the port although somebody has connected to it', async () => {
    const reserved = await reservePort(0);
    const early = connect(reserved.port, '127.0.0.1').on('error', () => undefined);
    await new Promise((done) => early.once('connect', done));
    const closed = new Promise((done) => early.once('close', done));
    await reserved.release();
    await closed;
    const again = await reservePort(reserved.port);
    expect(again.port).toBe(reserved.port);
    await again.release();
  });
});
