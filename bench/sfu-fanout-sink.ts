import { createSocket } from "node:dgram";
import { once } from "node:events";

/*
 * Hears packets on two neighbouring ports, as receivers of RTP and RTCP do. Says its port, and whenever it is asked how many
 * came.
 */

let receivedCount = 0;
let port = 0;
while (port === 0) {
  const [rtp, rtcp] = [createSocket("udp4"), createSocket("udp4")];
  rtp.bind(0, "127.0.0.1");
  await once(rtp, "listening");
  const mine = rtp.address().port;
  rtcp.bind(mine + 1, "127.0.0.1");
  const isBound = await once(rtcp, "listening").then(
    () => true,
    () => false,
  );
  if (isBound) {
    port = mine;
    rtp.on("message", () => {
      receivedCount++;
    });
  } else rtp.close();
}
process.on("message", () => process.send?.(receivedCount));
process.once("disconnect", () => process.exit(0));
process.send?.(port);
