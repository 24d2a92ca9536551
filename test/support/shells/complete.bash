# Prints what bash offers for each line that it is given, one line of words for each: complete.bash SCRIPT LINE...
source "$1"
shift
for line in "$@"; do
  # As readline splits: at blanks, and around "=".
  read -ra COMP_WORDS <<< "${line//=/ = }"
  [[ $line == *[\ =] ]] && COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  [[ $line == *= ]] && { unset 'COMP_WORDS[COMP_CWORD]'; ((COMP_CWORD--)); }
  COMPREPLY=()
  _dockgate
  echo "${COMPREPLY[*]}"
done
