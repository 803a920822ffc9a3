/** Words of the languages that are no names. */

/** Words that stand before a value and say nothing of it. */
export const BEFORE =
  /^(?:return|await|yield|const|let|var|my|our|local|new|not|async|export|default|throw|raise|else|do|then|begin|try|finally|ensure|static|public|private|protected|global|print|echo|puts|die|extends|void|delete|typeof|in|of|is|from|except|with|assert|elif|elsif|case|when|switch|while|until|unless|if|and|or|xor|foreach)$/u;
/** Words that end the arguments of a call without parentheses. */
export const BEHIND =
  /^(?:if|unless|while|until|for|foreach|or|and|do|then|rescue|end|else|elsif|in|xor|eq|ne|cmp|x)$/u;
export const DEFINES = /^(?:def|function|sub|fn|func|defp)$/u;

export const LITERALS: Readonly<Record<string, string>> = {
  True: 'true',
  true: 'true',
  TRUE: 'true',
  False: 'false',
  false: 'false',
  FALSE: 'false',
  None: 'null',
  nil: 'null',
  null: 'null',
  undef: 'null',
  undefined: 'null',
};
