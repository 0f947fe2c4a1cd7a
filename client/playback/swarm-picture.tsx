import { For, type JSX, Show } from "solid-js";
import { formatBytes } from "./format.ts";
import type { SwarmPeer, SwarmReading } from "./swarm-tally.ts";

const centre = 100;
const ringRadius = 66;
/** More dots than this cannot be told apart; the rest is a number. */
const maxDots = 16;

function toPlace(index: number, count: number): { x: number; y: number } {
  // the server has its place at the top
  const angle = -Math.PI / 2 + ((index + 1) / (count + 1)) * 2 * Math.PI;
  return { x: centre + ringRadius * Math.cos(angle), y: centre + ringRadius * Math.sin(angle) };
}

/** You in the middle, the server above, the others around; what moves runs along its line. */
export function SwarmPicture(props: {
  readonly swarm: SwarmReading;
  readonly isServerBusy: boolean;
}): JSX.Element {
  const peers = () => props.swarm.peers.slice(0, maxDots);
  const title = () => {
    const { length } = props.swarm.peers;
    return length === 0
      ? "Nobody else shares this video now"
      : `${length} other ${viewers(length)} connected`;
  };
  return (
    <svg class="swarm" viewBox="0 0 200 200" role="img" aria-label={title()} data-testid="swarm-picture">
      <circle class="swarm-ring" cx={centre} cy={centre} r={ringRadius} />
      <g class="swarm-server" classList={{ "is-busy": props.isServerBusy }}>
        <line class="swarm-line is-receiving" x1={centre} y1={centre - ringRadius} x2={centre} y2={centre} />
        <rect x={centre - 9} y={centre - ringRadius - 9} width="18" height="18" rx="4" />
        <text x={centre} y={centre - ringRadius - 15}>
          server
        </text>
      </g>
      <For each={peers()}>
        {(peer, index) => <PeerDot peer={peer} {...toPlace(index(), peers().length)} />}
      </For>
      <circle class="swarm-you" cx={centre} cy={centre} r="13" />
      <text x={centre + 30} y={centre + 4}>
        you
      </text>
      <Show when={props.swarm.peers.length > maxDots}>
        <text x={centre} y="196">
          and {props.swarm.peers.length - maxDots} more
        </text>
      </Show>
    </svg>
  );
}

function PeerDot(props: { readonly peer: SwarmPeer; readonly x: number; readonly y: number }): JSX.Element {
  return (
    <g class="swarm-peer">
      <line
        class="swarm-line"
        classList={{ "is-receiving": props.peer.isReceiving, "is-sending": props.peer.isSending }}
        x1={props.x}
        y1={props.y}
        x2={centre}
        y2={centre}
      />
      <circle cx={props.x} cy={props.y} r="8">
        <title>
          {formatBytes(props.peer.receivedBytes)} from, {formatBytes(props.peer.sentBytes)} to this viewer
        </title>
      </circle>
    </g>
  );
}

function viewers(count: number): string {
  return count === 1 ? "viewer" : "viewers";
}
