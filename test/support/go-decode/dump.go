package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
)

// dump prints a value as JSON in which nothing is lost: "s:" a string, "n:" an integer, "f:" the
// bits of a float, {"*": …} a pointer, {"$map": …} a map, {"$array": …} an array of fixed length,
// null what is nil; a struct is an object with all of its fields.
func dump(value interface{}) string {
	text, err := json.Marshal(dumpValue(reflect.ValueOf(value).Elem()))
	check(err)
	return string(text)
}

func dumpValue(v reflect.Value) interface{} {
	switch v.Kind() {
	case reflect.String:
		return "s:" + v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int64:
		return fmt.Sprintf("n:%d", v.Int())
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprintf("n:%d", v.Uint())
	case reflect.Float32:
		return fmt.Sprintf("f:%08x", math.Float32bits(float32(v.Float())))
	case reflect.Ptr:
		if v.IsNil() {
			return nil
		}
		return map[string]interface{}{"*": dumpValue(v.Elem())}
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return "s:" + base64.StdEncoding.EncodeToString(v.Bytes())
		}
		return dumpList(v)
	case reflect.Array:
		return map[string]interface{}{"$array": dumpList(v)}
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		entries := map[string]interface{}{}
		for _, key := range v.MapKeys() {
			entries[key.String()] = dumpValue(v.MapIndex(key))
		}
		return map[string]interface{}{"$map": entries}
	case reflect.Struct:
		fields := map[string]interface{}{}
		eachField(v.Type(), func(name string, index []int) {
			fields[name] = dumpValue(v.FieldByIndex(index))
		})
		return fields
	}
	panic(v.Kind().String())
}

func dumpList(v reflect.Value) []interface{} {
	items := make([]interface{}, v.Len())
	for i := range items {
		items[i] = dumpValue(v.Index(i))
	}
	return items
}

// eachField visits the fields by their JSON names, those of embedded structs among them.
func eachField(t reflect.Type, visit func(name string, index []int)) {
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous {
			continue
		}
		name := strings.Split(field.Tag.Get("json"), ",")[0]
		if name == "" {
			name = field.Name
		}
		visit(name, field.Index)
	}
}

// printTypes prints the shape of every body: "string", "bool", "int64", …, {"list": …},
// {"array": …}, {"map": …}, {"pointer": …}, {"struct": {…}}.
func printTypes(out io.Writer) {
	types := map[string]interface{}{}
	for action, make := range bodies {
		types[action] = shape(reflect.TypeOf(make()).Elem())
	}
	text, err := json.Marshal(types)
	check(err)
	fmt.Fprintln(out, string(text))
}

func shape(t reflect.Type) interface{} {
	switch t.Kind() {
	case reflect.Ptr:
		return map[string]interface{}{"pointer": shape(t.Elem())}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		if t == reflect.TypeOf(strSlice{}) {
			return "strslice"
		}
		return map[string]interface{}{"list": shape(t.Elem())}
	case reflect.Array:
		return map[string]interface{}{"array": shape(t.Elem())}
	case reflect.Map:
		return map[string]interface{}{"map": shape(t.Elem())}
	case reflect.Struct:
		fields := map[string]interface{}{}
		eachField(t, func(name string, index []int) {
			fields[name] = shape(t.FieldByIndex(index).Type)
		})
		return map[string]interface{}{"struct": fields}
	}
	return t.Kind().String()
}
