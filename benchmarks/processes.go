package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// collect runs this program once for every measure, several turns of them, and
// returns the result of each turn.
func collect(s settings) (results, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var rs results
	for turn := range s.Processes {
		all := result{}
		for _, m := range measures {
			if !s.takesMeasure(m.name) || m.heavy && turn >= s.Heavy {
				continue
			}
			start := time.Now()
			cmd := exec.Command(self, "-child", m.name, "-quick="+strconv.FormatBool(s.quick))
			cmd.Stderr = s.log
			out, err := cmd.Output()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
			if err := json.Unmarshal(out, &all); err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
			_, _ = fmt.Fprintf(s.log, "%d of %d  %-14s %6.1f s\n", turn+1, s.Processes, m.name, time.Since(start).Seconds())
		}
		rs = append(rs, all)
	}
	return rs, nil
}
