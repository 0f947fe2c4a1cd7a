/// <reference path="../../data/pocketbase/types.d.ts" />

// Without SMTP settings nobody gets a mail, so whoever runs this instance finds the link in the log.
onMailerSend((event) => {
  if (event.app.settings().smtp.enabled) return event.next();
  const links = (event.message.html.match(/href="([^"]+)"/g) || []).map((link) => link.slice(6, -1));
  const recipients = event.message.to.map((recipient) => recipient.address).join(", ");
  console.log(
    `mail to ${recipients} was not sent, there are no SMTP settings: ${event.message.subject}: ${links.join(" ")}`,
  );
});
