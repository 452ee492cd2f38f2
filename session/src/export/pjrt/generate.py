"""Writes api.rs from the header of PJRT's C interface.

    python3 generate.py path/to/pjrt_c_api.h | rustfmt --edition 2024 > api.rs

The header is in the wheel of the plugin that `requirements.txt` of the tests names, under `include`. A C compiler says
how large each structure is, which api.rs has as assertions. Only what the crate uses is written: of the table of
functions the part up to the last of them, of which the functions that are not used are pointers without a type.
"""

import os
import re
import subprocess
import sys
import tempfile
import textwrap

FUNCTIONS = """
    Error_Destroy Error_Message Error_GetCode Plugin_Initialize Event_Destroy Event_Await
    Client_Create Client_Destroy Client_PlatformName Client_PlatformVersion Client_AddressableDevices Client_Compile
    Client_BufferFromHostBuffer DeviceDescription_Id DeviceDescription_Kind Device_GetDescription
    LoadedExecutable_Destroy LoadedExecutable_GetExecutable LoadedExecutable_Execute
    Executable_Destroy Executable_NumOutputs
    Buffer_Destroy Buffer_ElementType Buffer_Dimensions Buffer_ToHostBuffer
""".split()
# Beside the arguments of the functions.
STRUCTURES = ["Api_Version", "NamedValue", "Program", "Buffer_MemoryLayout_Tiled", "Buffer_MemoryLayout_Strides",
              "Buffer_MemoryLayout", "ExecuteOptions"]
HANDLES = ["Error", "Event", "Client", "Device", "DeviceDescription", "LoadedExecutable", "Executable", "Buffer"]
# With the constants that are used.
ENUMERATIONS = {
    "Error_Code": [],
    "NamedValue_Type": ["kString", "kInt64", "kInt64List", "kFloat", "kBool"],
    "Buffer_Type": ["S32", "S64", "F32", "F64"],
    "HostBufferSemantics": ["kImmutableOnlyDuringCall"],
    "Buffer_MemoryLayout_Type": ["Tiled"],
}
KEYWORDS = {"type": "r#type"}
NUMBERS = {"size_t": "usize", "int64_t": "i64", "int": "c_int", "float": "f32", "bool": "bool", "char": "c_char"}


def plain(name):
    return name.removeprefix("PJRT_")


def rust_type(c):
    """The type of Rust for one of C."""
    c = c.strip()
    if c.endswith("*"):
        return "*mut " + rust_type(c[:-1])
    if c.endswith("* const"):
        return rust_type(c.removesuffix(" const"))
    if c.startswith("const "):
        return rust_type(c.removeprefix("const "))
    name = plain(c)
    if name in ENUMERATIONS:
        return "c_int"
    if name in HANDLES + STRUCTURES or name.removesuffix("_Args") in FUNCTIONS:
        return name
    return NUMBERS.get(c, "c_void")


def field(declaration):
    """The name and the type of a field."""
    declaration = " ".join(declaration.split())
    c, name = re.fullmatch(r"(.*?)(\w+)", declaration).groups()
    c = re.sub(r"\s*\*\s*", "* ", c).replace("* *", "**").strip()
    if c.endswith("Callback"):
        return name, "*mut c_void"
    return KEYWORDS.get(name, name), rust_type(re.sub(r"\s+\*", "*", c.replace("* * ", "**")))


def listed(row):
    return textwrap.fill(row, 116, initial_indent="    ", subsequent_indent="        ", break_on_hyphens=False)


def main(path):
    header = open(path).read()
    text = re.sub(r"//.*", "", header)
    version = [re.search(rf"#define PJRT_API_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR")]
    table = re.findall(r"_PJRT_API_STRUCT_FIELD\(PJRT_(\w+)\);", text)
    names = [name + "_Args" for name in FUNCTIONS]
    wanted = STRUCTURES + names
    last = max(table.index(name) for name in FUNCTIONS)

    # The compiler has the last word about sizes.
    lines = [f'#include "{os.path.abspath(path)}"', "#include <stdio.h>", "int main(void) {"]
    for name in wanted:
        lines.append(f'printf("%zu %d\\n", sizeof(struct PJRT_{name}), PJRT_{name}_STRUCT_SIZE);')
    lines.append(f'printf("%zu 0\\n", offsetof(PJRT_Api, PJRT_{table[last]}) + sizeof(void*)); }}')
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "sizes.c"), os.path.join(folder, "sizes")
        with open(source, "w") as file:
            file.write("\n".join(lines) + "\n")
        subprocess.run(["cc", "-o", program, source], check=True)
        lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split("\n")
    sizes = dict(zip(wanted + ["Api"], (tuple(map(int, line.split())) for line in lines)))

    out = [f"""//! The structures of PJRT's C interface {'.'.join(version)}: written by `generate.py`, not by hand.

    use std::ffi::{{c_char, c_int, c_void}};

    use crate::layout::{{functions, handles, structures, unions}};

    /// The version of the header that this was written from.
    pub(crate) const VERSION: (c_int, c_int) = ({', '.join(version)});
    """]
    for name, used in ENUMERATIONS.items():
        body = next(body for body, found in re.findall(r"typedef enum \{([^}]*)\} PJRT_(\w+);", text) if found == name)
        value = -1
        for entry in filter(None, (entry.strip() for entry in " ".join(body.split()).split(","))):
            constant, _, given = (part.strip() for part in entry.partition("="))
            value = int(given) if given else value + 1
            if constant.split("_")[-1] in used:
                out.append(f"pub(crate) const {plain(constant)}: c_int = {value};")
    out.append("\nhandles! { " + " ".join(HANDLES) + " }\n")
    unions, structures = [], []
    for name in wanted:
        body = re.search(rf"struct PJRT_{name} \{{(.*?)\n\}};", text, re.S)[1]
        union = re.search(r"union \{(.*?)\};", body, re.S)
        if union:
            fields = [field(entry) for entry in union[1].split(";") if entry.strip()]
            unions.append(listed(f"{name}_Value {{ " + ", ".join(f"{key}: {kind}" for key, kind in fields) + " }"))
            body = body.replace(union[0], f"{name}_Value value;")
        fields = [field(entry) for entry in body.split(";") if entry.strip()]
        assert [key for key, _ in fields[:2]] == ["struct_size", "extension_start"], name
        fields = ", ".join(f"{key}: {name + '_Value' if union and key == 'value' else kind}" for key, kind in fields[2:])
        structures.append(listed(f"{name} {sizes[name][1]} {{ {fields} }}".replace("{  }", "{}")))
    out += ["unions! {", *unions, "}\n", "structures! {", *structures, "}\n"]
    # Before the name of each, how many that are not used come before it.
    rows, unused = [], 0
    for name in table[:last + 1]:
        if name in FUNCTIONS:
            result = "()" if name in ("Error_Destroy", "Error_Message") else "*mut Error"
            rows.append(f"    {unused} {name}({name}_Args) -> {result};")
        unused = 0 if name in FUNCTIONS else unused + 1
    out.append("// The table up to the last function that is used, and its size.")
    out += [f"functions! {{\n    {sizes['Api'][0]};", *rows]
    codes = re.findall(r"PJRT_Error_Code_(\w+) = \d+", text)
    codes = listed(" ".join(f'"{code}",' for code in codes))
    out.append(f"}}\n\n/// The names of the codes of errors.\npub(crate) const CODES: &[&str] = &[\n{codes}\n];")
    print("\n".join(out))


main(sys.argv[1])
