# What is no store is refused, and not touched.
echo 'not a database, but long enough to have a header of the size that one has, which is a hundred bytes' >other.db
cp other.db before.db
convlens report other.db; echo "-> $?"
cmp other.db before.db
