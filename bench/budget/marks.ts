/** How many requests stand between two marks of the program that runs under callgrind. */
export const COUNTED = 100
