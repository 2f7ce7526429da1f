/** Characters that make a terminal do something, or hide how a text runs: all controls, the line feed among them, and marks of direction. */
export const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
