# Prints what fish offers for each line that it is given, one line of words for each: complete.fish SCRIPT LINE...
source $argv[1]
for line in $argv[2..-1]
    echo (complete -C $line | string replace -r '\t.*' '' | string replace -r '^--.*=' '')
end
