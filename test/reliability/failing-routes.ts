import { defineRoutes } from '../../contracts/route.ts';

/** Routes whose code fails in every way that code can. */
export const failingRoutes = defineRoutes({
  fail: { method: 'POST', path: '/fail/{how}', access: 'anyone', summary: 'Fails', status: 200, body: 'optional', errors: [] },
});
