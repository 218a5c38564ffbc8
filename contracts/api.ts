import { defineRoutes } from './route.ts';

/** The routes of the API itself. */
export const apiRoutes = defineRoutes({
  readOpenapi: {
    method: 'GET',
    path: '/openapi.json',
    access: 'anyone',
    summary: 'The OpenAPI 3.1 description of this API',
    status: 200,
    errors: [],
  },
});
