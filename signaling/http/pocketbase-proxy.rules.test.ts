import { expect, test } from "vitest";
import { toPocketBaseDoor } from "./pocketbase-proxy.rules.ts";

test.each([
  ["closed", "GET", "/pb/_/"],
  ["closed", "GET", "/pb"],
  ["closed", "GET", "/pb/api/settings"],
  ["closed", "GET", "/pb/api/collections"],
  ["closed", "GET", "/pb/api/logs"],
  ["closed", "POST", "/pb/api/batch"],
  ["closed login", "POST", "/pb/api/collections/_superusers/auth-with-password"],
  ["closed login", "POST", "/pb/api/collections/pbc_3142635823/auth-with-password"],
  ["closed login", "POST", "/pb/api/collections/%75sers/auth-with-password"],
  ["closed login", "POST", "/pb/api/collections/users/auth-with-password/"],
  ["closed login", "POST", "/pb//api/collections/users/auth-with-password"],
  ["closed login", "POST", "/pb/api/collections/users/../_superusers/auth-with-password"],
  ["closed", "GET", "/pb/api/collections/revoked_tokens/records"],
  ["closed", "GET", "/pb/api/collections/_superusers/records"],
  ["closed", "POST", "/pb/api/collections/users/impersonate/abcdefghijklmno"],
  ["closed", "POST", "/pb/api/collections/users/request-email-change"],
  ["closed", "POST", "/pb/api/collections/users/request-otp"],
  ["closed", "POST", "/pb/api/shoal/jobs/claim"],
  ["closed", "PUT", "/pb/api/health"],
  ["login", "POST", "/pb/api/collections/users/auth-with-password?expand=x"],
  ["login", "POST", "/pb/api/collections/users/auth-with-oauth2"],
  ["mail", "POST", "/pb/api/collections/users/request-password-reset"],
  ["secret", "POST", "/pb/api/collections/users/confirm-password-reset"],
  ["open", "POST", "/pb/api/collections/users/auth-refresh"],
  ["open", "GET", "/pb/api/collections/videos/records?perPage=500"],
  ["open", "PATCH", "/pb/api/collections/users/records/abcdefghijklmno"],
  ["open", "GET", "/pb/api/realtime"],
  ["open", "GET", "/pb/api/health"],
])("%s: %s %s", (door, method, url) => {
  expect(toPocketBaseDoor(method, url)).toBe(door);
});
