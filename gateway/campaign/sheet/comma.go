package sheet

import (
	"bytes"
	"io"
	"strings"
)

// commas are the separators that are known, the likelier first.
var commas = []byte{';', '\t', ',', '|'}

// sampleRows is how many rows are looked at to find out what a file is.
const sampleRows = 50

// commaOf finds the separator of a text by its first rows: that which parts most of them into
// the same number of cells.
func commaOf(text io.Reader) (byte, error) {
	head, err := io.ReadAll(io.LimitReader(text, headSize))
	if err != nil {
		return 0, err
	}
	if first, _, _ := strings.Cut(string(head), "\n"); isSepLine(strings.TrimRight(first, "\r")) {
		if i := bytes.IndexByte(commas, first[4]); i >= 0 {
			return commas[i], nil
		}
	}
	best, bestScore := commas[0], 0
	for _, comma := range commas {
		if score := agreement(head, comma); score > bestScore {
			best, bestScore = comma, score
		}
	}
	return best, nil
}

// agreement is how many of the first rows a separator parts into the number of cells that is most
// frequent among those of more than one; the first row, which names the columns, counts thrice.
func agreement(head []byte, comma byte) int {
	rows := csvRows{lines: newLines(bytes.NewReader(head)), comma: comma}
	widths, first := map[int]int{}, 0
	for range sampleRows {
		row, _, err := rows.next()
		if row == nil && err != nil {
			if _, refused := RowRefused(err); refused {
				continue
			}
			break
		}
		if first == 0 {
			first = len(row)
			widths[first] += 2
		}
		widths[len(row)]++
	}
	most := 0
	for width, n := range widths {
		if width > 1 {
			most = max(most, n)
		}
	}
	return most
}
