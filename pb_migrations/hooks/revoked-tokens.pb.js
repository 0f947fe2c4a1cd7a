/// <reference path="../../data/pocketbase/types.d.ts" />

// A token that has ended by itself need not be remembered as logged out.
cronAdd("shoal_revoked_tokens", "23 * * * *", () => {
  $app
    .db()
    .newQuery("DELETE FROM revoked_tokens WHERE expiresAt < {:now}")
    .bind({ now: new DateTime().string() })
    .execute();
});
