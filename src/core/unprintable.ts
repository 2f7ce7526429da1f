/** Characters that make a terminal do something, or hide how a text runs: all controls, the line feed among them, marks of direction, and spaces of no width. */
export const unprintable = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;
