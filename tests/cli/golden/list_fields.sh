# The page on fields is what the program prints
sed -n '/^```text$/,/^```$/p' "$SOURCE/docs/fields.md" | sed '1d;$d' >page
COLUMNS=400 convlens list fields | diff page -
