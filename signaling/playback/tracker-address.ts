/** Where the tracker is found on the front desk. */
export const trackerPath = "/tracker";
/** The part of the address's query that holds the swarm token. */
export const trackerTokenName = "token";
