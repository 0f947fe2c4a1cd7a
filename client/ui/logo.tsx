import "./logo.css";

const leader =
  "M12 16c2.600-4.200 8.600-5.300 14.600 0-6 5.300-12 4.200-14.600 0-.8 1.100-2 1.900-3.400 2.200.6-1.400.6-3 0-4.400 1.400.3 2.600 1.100 3.400 2.200Z";
const follower =
  "c1.700-2.700 5.500-3.400 9.400 0-3.900 3.400-7.700 2.700-9.400 0-.5.7-1.300 1.200-2.200 1.400.4-.9.4-1.900 0-2.800.9.2 1.700.7 2.200 1.400Z";

/** Three fish that swim as a play button. */
export function LogoMark() {
  return (
    <svg class="logo-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="logo-water" width="32" height="32" rx="9.500" />
      <g class="logo-fish">
        <path d={leader} />
        <path class="logo-follower" d={`M8.200 8.900${follower}`} />
        <path class="logo-follower" d={`M8.200 23.100${follower}`} />
      </g>
    </svg>
  );
}

/** The mark with the name of the instance. */
export function Logo(props: { name: string }) {
  return (
    <span class="logo">
      <LogoMark />
      <span class="logo-name">{props.name}</span>
    </span>
  );
}
