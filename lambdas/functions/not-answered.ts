import { ApiError } from '../../contracts/errors.ts';

/** A function in another runtime that could not be asked, or did not answer in time. Its caller is told so. */
export class NotAnswered extends ApiError {}
