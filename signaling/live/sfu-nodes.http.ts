import type { FastifyInstance } from "fastify";
import { ShoalError } from "#common/errors.ts";
import { sfuNodeSchema } from "#common/live/sfu-control.ts";
import { isSameSecret } from "#common/node/secrets.ts";
import { toBearer } from "../http/request-sessions.ts";
import type { SfuNodes } from "./sfu-nodes.ts";

/** Mounts `PUT /internal/sfu-nodes/{nodeId}`, by which sfu nodes say that they are there. */
export function mountSfuNodes(
  app: FastifyInstance,
  options: { readonly nodes: Pick<SfuNodes, "register">; readonly internalToken: string },
): void {
  app.put<{ Params: { nodeId: string } }>("/internal/sfu-nodes/:nodeId", async (request) => {
    const token = toBearer(request.headers.authorization) ?? "";
    if (!isSameSecret(token, options.internalToken)) {
      throw new ShoalError("auth.required", "This needs the internal token.");
    }
    const node = sfuNodeSchema.safeParse(request.body);
    if (!node.success || node.data.nodeId !== request.params.nodeId) {
      throw new ShoalError("request.invalid", "This says nothing of such a node.");
    }
    options.nodes.register(node.data);
    return {};
  });
}
