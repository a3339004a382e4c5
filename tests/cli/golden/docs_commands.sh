# The page on commands has the tables of exit statuses and of the environment as they are: only what differs is printed.
page="$SOURCE/docs/commands.md"
number='s/^CVL_EXIT_ROW([A-Z_]*, \([0-9]*\), "\([^"]*\)", "\([^"]*\)")$/| \1 | \2 | \3 |/p'
sed -n "$number" "$SOURCE/src/cli/exits.def" >exits
sed -n 's/^CVL_ENVIRONMENT("\([^"]*\)", "\([^"]*\)")$/| `\1` | \2 |/p' "$SOURCE/src/cli/environment.def" >environment
sed -n '/^| [0-9]/p' "$page" | diff - exits
sed -n '/^| `[A-Z]/p' "$page" | diff - environment
echo "$(wc -l <exits) exit statuses, $(wc -l <environment) variables"
# --help shows the same numbers, and so does the man page
convlens --help | tr '\n' ' ' | grep -o '[0-9]* [a-z ]*[;.]' | tail -7
convlens help --man | sed -n '/EXIT STATUS/,/ENVIRONMENT/s/^\.B //p' | tr '\n' ' '
