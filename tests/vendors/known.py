"""What is known to fail, in a checked-in CSV file: each column but the last is a pattern, the last is the reason."""
import csv
import fnmatch


class Known:
    def __init__(self, path, columns):
        self.path, self.columns, self.used = path, columns, set()
        with open(path, encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))
        for row in self.rows:
            if tuple(row) != columns or not all(row.values()):
                raise ValueError(f"{path}: {row}: expected {', '.join(columns)}")

    def reason_of(self, values):
        """Of the first row that these values, by column, match; None where there is none."""
        for index, row in enumerate(self.rows):
            if all(fnmatch.fnmatchcase(values[column], row[column]) for column in self.columns[:-1]):
                self.used.add(index)
                return row["reason"]
        return None

    def unused(self, is_judged):
        """Rows that no failure needed, of those of which is_judged(row)."""
        return [row for index, row in enumerate(self.rows) if index not in self.used and is_judged(row)]

    def remove(self, rows):
        with open(self.path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(row for row in self.rows if row not in rows)
