import { accountRoutes } from '../../contracts/auth.ts';
import { defineHandler } from '../runtime/define-handler.ts';
import { answerChallenge } from './answer-challenge.ts';
import { changePassword } from './change-password.ts';
import { confirm } from './confirm.ts';
import { deleteMe } from './delete-me.ts';
import { disableMfa } from './disable-mfa.ts';
import { enrolMfa } from './enrol-mfa.ts';
import { forgotPassword } from './forgot-password.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { readMe } from './read-me.ts';
import { recover } from './recover.ts';
import { refresh } from './refresh.ts';
import { register } from './register.ts';
import { resendCode } from './resend-code.ts';
import { resetPassword } from './reset-password.ts';
import { updateMe } from './update-me.ts';
import { verifyEmail } from './verify-email.ts';
import { verifyMfa } from './verify-mfa.ts';

/** The function behind `/auth/*`. */
export const handler = defineHandler(accountRoutes, {
  register,
  confirm,
  resendCode,
  login,
  answerChallenge,
  recover,
  refresh,
  logout,
  forgotPassword,
  resetPassword,
  changePassword,
  readMe,
  updateMe,
  verifyEmail,
  deleteMe,
  enrolMfa,
  verifyMfa,
  disableMfa,
});
