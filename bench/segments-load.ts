import { Agent, get } from "node:http";

/*
 * Asks for the same files again and again: `<origin> <bytes> <path>…`. Many connections at once, each taking its
 * answer whole; tells its parent how many bytes came.
 */

const connectionCount = 32;
const [origin = "", wanted = "0", ...paths] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: connectionCount });
let nextIndex = 0;
let askedBytes = 0;
let receivedBytes = 0;

function ask(): Promise<void> {
  const path = paths[nextIndex++ % paths.length] ?? "";
  return new Promise((resolve, reject) => {
    get(origin + path, { agent }, (response) => {
      const sizeBytes = Number(response.headers["content-length"]);
      if (response.statusCode !== 200 || !(sizeBytes > 0)) {
        reject(new Error(`${path}: ${response.statusCode}`));
        return;
      }
      askedBytes += sizeBytes;
      let bodyBytes = 0;
      response.on("data", (chunk: Buffer) => {
        bodyBytes += chunk.length;
      });
      response.on("error", reject);
      response.on("end", () => {
        receivedBytes += bodyBytes;
        if (bodyBytes === sizeBytes) resolve();
        else reject(new Error(`${path}: ${bodyBytes} of ${sizeBytes} bytes`));
      });
    }).on("error", reject);
  });
}

async function keepAsking(): Promise<void> {
  while (askedBytes < Number(wanted)) await ask();
}

await Promise.all(Array.from({ length: connectionCount }, keepAsking));
agent.destroy();
process.send?.(receivedBytes);
process.disconnect();
