// Where the pictures under each other begin.

/** Pixels left of every picture, for the names of its rows. */
export const GUTTER = 64;
