# Prints what zsh offers for each line that it is given, one line of words for each: complete.zsh SCRIPT LINE...
# A shell of its own completes on a terminal of its own; its compadd says what it would offer.
zmodload zsh/zpty
script=$1
shift
zpty z zsh -f -i
zpty -w z "PS1= PS2= RPS1= PROMPT_EOL_MARK=; unsetopt zle_bracketed_paste; stty columns 999"
zpty -w z "autoload -Uz compinit; compinit -u -D; source ${(q)script}"
zpty -w z 'compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  local hit; for hit in $hits; do print -r -- "<hit>$hit</hit>"; done
}
offer() { comppostfuncs=(over); zle complete-word; zle kill-buffer }
over() { print -r -- "<ov""er>"; }
zle -N offer; bindkey "^I" offer; print -r -- "<rea""dy>"'
zpty -r z out '*<ready>*'
for line in "$@"; do
  zpty -w -n z "$line"$'\t'
  zpty -r z out '*<over>*'
  print -r -- ${${(M)${(f)out}:#*<hit>*}//(#b)*<hit>(*)<\/hit>*/$match[1]}
done
