package service

import (
	"regexp"
	"slices"
	"strings"

	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/store"
)

// filter is one of a call's filters: any of its values may match.
type filter struct {
	key    string
	values []string
}

func filtersOf(in model.Input) []filter {
	var out []filter
	for _, f := range in.Structs("Filters") {
		out = append(out, filter{f.Text("Key"), f.Texts("Values")})
	}
	return out
}

// keep reports whether every filter lets the secret through.
func keep(sec *store.Secret, filters []filter) bool {
	return !slices.ContainsFunc(filters, func(f filter) bool { return !f.matches(sec) })
}

// matches lets a secret through for any one value; a negated value asks for an attribute that does not match, so a
// secret without such attributes is let through by none.
func (f filter) matches(sec *store.Secret) bool {
	attributes, match := f.attributes(sec), f.matcher()
	for _, value := range f.values {
		pattern, negated := strings.CutPrefix(value, "!")
		for _, attribute := range attributes {
			if match(pattern, attribute) != negated {
				return true
			}
		}
	}
	return false
}

// attributes are the texts of the secret that the filter looks at.
func (f filter) attributes(sec *store.Secret) []string {
	var out []string
	add := func(texts ...string) {
		for _, text := range texts {
			if text != "" {
				out = append(out, text)
			}
		}
	}
	switch f.key {
	case "name":
		add(sec.Name)
	case "description":
		add(sec.Description)
	case "owning-service":
		add(sec.OwningService)
	case "primary-region":
		add(sec.Primary)
	case "all":
		add(sec.Name, sec.Description)
	}
	for _, t := range sec.Tags {
		switch f.key {
		case "tag-key":
			add(t.Key)
		case "tag-value":
			add(t.Value)
		case "all":
			add(t.Key, t.Value)
		}
	}
	return out
}

// matcher returns how the filter compares: names, tags and regions by prefix and case, the rest by words.
func (f filter) matcher() func(pattern, attribute string) bool {
	switch f.key {
	case "all", "description", "owning-service":
		return matchWords
	}
	return func(pattern, attribute string) bool { return strings.HasPrefix(attribute, pattern) }
}

// matchWords reports whether every word of the pattern begins a word of the text, whatever the case.
func matchWords(pattern, text string) bool {
	words := splitWords(text)
	wanted := splitWords(pattern)
	if len(wanted) == 0 {
		return false
	}
	for _, want := range wanted {
		if !slices.ContainsFunc(words, func(w string) bool { return foldPrefix(w, want) }) {
			return false
		}
	}
	return true
}

func foldPrefix(text, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(text), strings.ToLower(prefix))
}

const separators = "/-_+=.@"

// splitWords breaks at the one kind of separator in the text and before capitals. A text with two kinds of
// separators stays whole.
func splitWords(text string) []string {
	kinds := ""
	for _, r := range text {
		if strings.ContainsRune(separators, r) && !strings.ContainsRune(kinds, r) {
			kinds += string(r)
		}
	}
	if len(kinds) > 1 {
		return []string{text}
	}
	var out []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return kinds != "" && strings.ContainsRune(kinds, r) }) {
		out = append(out, splitCapitals(part)...)
	}
	return out
}

// capitalised finds a word that begins with anything but a small letter: "MyTest" is two, "my test" too.
var capitalised = regexp.MustCompile(`[^a-z][a-z]+`)

// splitCapitals returns those words, and what is left between them.
func splitCapitals(text string) []string {
	var out []string
	add := func(part string) {
		if word := strings.TrimSpace(part); word != "" {
			out = append(out, word)
		}
	}
	end := 0
	for _, at := range capitalised.FindAllStringIndex(text, -1) {
		add(text[end:at[0]])
		add(text[at[0]:at[1]])
		end = at[1]
	}
	add(text[end:])
	return out
}
