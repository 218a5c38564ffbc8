import { api } from '@compiled/api';
import type { Action } from '../runtime/request.ts';

export const readOpenapi: Action = async () => ({ body: api.openapi });
