package wipe

import (
	"errors"
	"testing"
)

// Some systems have pages of 16 or 64 KiB, larger than those of Go's heap; this
// one need not have them to show that slots lie on their borders.
func TestSlotsAreWholePages(t *testing.T) {
	for _, page := range []int{4 << 10, 16 << 10, 64 << 10} {
		for _, c := range newPool(page, 1<<20, nil).classes {
			for range 20 {
				s := newSlot(c.size, page)
				m := s.memory()
				over := int(uintptr(s.pages()) % uintptr(page))
				if over != 0 || len(m)%page != 0 || len(m) != c.size || s.off+s.size > s.total {
					t.Fatalf("page %d: a slot of %d bytes, %d off, in %+v", page, len(m), over, s)
				}
			}
		}
	}
}

func TestClassesGrow(t *testing.T) {
	for _, page := range []int{4 << 10, 16 << 10, 64 << 10} {
		p := newPool(page, 1<<20, nil)
		for i, c := range p.classes {
			if c.size%page != 0 || i > 0 && c.size <= p.classes[i-1].size {
				t.Errorf("page %d: class %d is %d bytes", page, i, c.size)
			}
			if got := p.fit(c.size); got != i {
				t.Errorf("page %d: %d bytes fit class %d, want %d", page, c.size, got, i)
			}
		}
	}
}

func TestBudget(t *testing.T) {
	cases := []struct {
		limit uint64
		err   error
		want  int
		works bool
	}{
		{0, nil, 0, false},
		{0, errors.New("no such call"), 0, false},
		{4 << 10, nil, 2 << 10, false},
		{64 << 10, nil, 32 << 10, true},
		{8 << 20, nil, 4 << 20, true},
		{1<<64 - 1, nil, maxBudget, true},
	}
	for _, c := range cases {
		p := newPool(4<<10, c.limit, c.err)
		if p.budget != c.want || (p.refusal == nil) != c.works {
			t.Errorf("limit %d, error %v: budget %d, refusal %v", c.limit, c.err, p.budget, p.refusal)
		}
	}
}

// A small buffer takes a larger free slot rather than none.
func TestLargerSlotServesWhenTheBudgetIsUsedUp(t *testing.T) {
	p := newPool(4<<10, 64<<10, nil)
	big := p.take(30 << 10)
	if big == nil {
		t.Skip("this system locks no memory")
	}
	if p.take(1) != nil {
		t.Fatal("locked beyond the budget")
	}
	p.put(big)
	if s := p.take(1); s == nil || s.size != 32<<10 {
		t.Errorf("got the slot %+v; want the free one of 32 KiB", s)
	}
}
