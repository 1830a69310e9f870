/** The checkout could not be prepared; the message is for the person at the terminal and says the way out. */
export class SetupError extends Error {}
