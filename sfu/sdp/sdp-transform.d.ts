// the package has no types; these are of what this room uses
declare module "sdp-transform" {
  /** One `m=` section, in the names of the package's grammar. */
  export interface MediaToWrite {
    type: string;
    port: number;
    protocol: string;
    payloads: string;
    connection?: { version: 4 | 6; ip: string };
    mid?: string;
    msid?: ReadonlyArray<{ id: string; appdata: string }>;
    direction?: "sendonly" | "recvonly" | "inactive";
    iceUfrag?: string;
    icePwd?: string;
    fingerprint?: { type: string; hash: string };
    setup?: "active" | "passive" | "actpass";
    rtcpMux?: "rtcp-mux";
    rtcpRsize?: "rtcp-rsize";
    rtp?: ReadonlyArray<{ payload: number; codec: string; rate: number; encoding?: number }>;
    fmtp?: ReadonlyArray<{ payload: number; config: string }>;
    rtcpFb?: ReadonlyArray<{ payload: number; type: string; subtype?: string }>;
    ext?: ReadonlyArray<{ value: number; uri: string }>;
    rids?: ReadonlyArray<{ id: string; direction: "recv" }>;
    simulcast?: { dir1: "recv"; list1: string };
    ssrcs?: ReadonlyArray<{ id: number; attribute: string; value: string }>;
    ssrcGroups?: ReadonlyArray<{ semantics: string; ssrcs: string }>;
    candidates?: ReadonlyArray<{
      foundation: string;
      component: 1;
      transport: string;
      priority: number;
      ip: string;
      port: number;
      type: string;
      tcptype?: string;
    }>;
    endOfCandidates?: "end-of-candidates";
  }

  export interface SessionToWrite {
    origin?: {
      username: string;
      sessionId: string;
      sessionVersion: number;
      netType: "IN";
      ipVer: 4;
      address: string;
    };
    name?: string;
    timing?: { start: 0; stop: 0 };
    icelite?: "ice-lite";
    extmapAllowMixed?: "extmap-allow-mixed";
    groups?: ReadonlyArray<{ type: "BUNDLE"; mids: string }>;
    msidSemantic?: { semantic: "WMS"; token: string };
    media: readonly MediaToWrite[];
  }

  /** What was found, in the names of the grammar; numbers where a field is one. Never throws for a text. */
  export function parse(sdp: string): unknown;
  export function write(session: SessionToWrite): string;
}
