// One Mailferry for all stories, started as people do.
import { startMailferry } from "./start";

export const administrator = { email: "admin@provider.example", password: "a calm harbour office" };

export default async function setup() {
  const started = await startMailferry({
    MAILFERRY_ADMIN_EMAIL: administrator.email,
    MAILFERRY_ADMIN_PASSWORD: administrator.password,
    MAILFERRY_MAIL_FROM: "mailferry@provider.example",
  });
  process.env.MAILFERRY_E2E_URL = started.url;
  process.env.MAILFERRY_E2E_DATA = started.folder;
  return started.stop;
}
