using System.Buffers.Binary;
using System.Text;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Fuzz;

/// <summary>In which order, and how, a kernel's tables of its symbols are written.</summary>
internal enum KallsymsOrder
{
    /// <summary>Addresses first: up to Linux 6.1.</summary>
    AddressesFirst,

    /// <summary>The same with the order by name between markers and tokens: 6.2, 6.3, and stable updates of 6.1.</summary>
    WithNameOrder,

    /// <summary>Addresses behind the tokens: from 6.4 on.</summary>
    AddressesLast,

    /// <summary>The same, each beginning at a multiple of 4: where addresses are relative to their place.</summary>
    Packed,
}

/// <summary>Makes small kernel images that have a table of their symbols, in each form that there is.</summary>
/// <remarks>Written from what the tables are, with token compression as a kernel's: characters that are used stay tokens of their own, and the commonest pair becomes a token until there are none left.</remarks>
internal static class KallsymsImage
{
    /// <summary>Where images are linked.</summary>
    public const ulong Text = 0xffff_8000_8000_0000;

    /// <summary>How long the images are; the header aside, nothing is written in their first 4 KiB.</summary>
    public const int Length = 0x2_0000;

    private const int PointersAt = 0x1000;
    private const int TablesAt = 0x8000;
    private const int Pointers = 160;

    // With these a kernel's image can be laid out: each 64 KiB further than the one before.
    private static readonly string[] _parts =
    [
        "T_text", "T_stext", "T__idmap_text_start", "T__idmap_text_end", "D_etext", "D__start_rodata", "Tidmap_pg_dir", "Ttramp_pg_dir", "Treserved_pg_dir", "Tswapper_pg_dir", "T__init_begin",
        "T__inittext_begin", "Tpaging_init", "D__inittext_end", "D__initdata_begin", "D__initdata_end", "D__init_end", "D_data", "B_end",
    ];

    private static readonly Lazy<byte[][]> _samples = new(() =>
    [
        .. Enum.GetValues<KallsymsOrder>().Where(order => order != KallsymsOrder.Packed).SelectMany(order =>
            new[] { KallsymsForm.Base, KallsymsForm.PerCpu, KallsymsForm.Absolute }.Select(form => Build(order, form, isBaseWritten: true, isListed: true))),
        Build(KallsymsOrder.Packed, KallsymsForm.Place, isBaseWritten: false, isListed: false),
        Build(KallsymsOrder.AddressesLast, KallsymsForm.Base, isBaseWritten: false, isListed: true),
        Build(KallsymsOrder.AddressesFirst, KallsymsForm.Base, isBaseWritten: false, isListed: false),
    ]);

    /// <summary>The symbols that the images have, ascending, with their distances from the image's beginning.</summary>
    public static (string Name, ulong Place)[] Symbols { get; } = MakeSymbols();

    /// <summary>A damaged image.</summary>
    public static byte[] Make(Random random)
    {
        byte[] sample = _samples.Value[random.Next(_samples.Value.Length)];
        return random.Next(16) == 0 ? sample : ByteMutator.Damage(sample, random);
    }

    /// <summary>Reads an image's symbols.</summary>
    public static void Check(ReadOnlySpan<byte> image)
    {
        KernelSymbols symbols = Kallsyms.Read(image, "input") ?? throw new InvalidInputException("It has none.");
        FuzzTarget.Require(symbols.Count > 0, "there are no symbols");
        _ = symbols.ImageAt(new Addressing.PhysicalAddress(1 << 30));
    }

    /// <summary>Builds an image.</summary>
    /// <param name="order">The order of the tables.</param>
    /// <param name="form">What the addresses are.</param>
    /// <param name="isBaseWritten">Whether their base is there, and not left to be written when the image is moved.</param>
    /// <param name="isListed">Whether pointers are in a list of what is to be written, and not in their places.</param>
    /// <param name="text">Where the image is linked.</param>
    /// <param name="symbols">The symbols, if not the usual ones: ascending, each with its type in front, the last one the image's end.</param>
    public static byte[] Build(KallsymsOrder order, KallsymsForm form, bool isBaseWritten, bool isListed, ulong text = Text, (string Name, ulong Place)[]? symbols = null)
    {
        symbols ??= Symbols;
        byte[] image = new byte[Length];
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(16), symbols[^1].Place);
        image[24] = 0xa;
        "ARM\u0064"u8.CopyTo(image.AsSpan(56));
        for (int i = 0; i < Pointers; i++)
        {
            ulong pointer = text + symbols[i * (symbols.Length - 1) / Pointers].Place;
            if (isListed)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(PointersAt + (i * 24)), text + 0x7000 + ((ulong)i * 8));
                BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(PointersAt + (i * 24) + 8), 0x403);
                BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(PointersAt + (i * 24) + 16), pointer);
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(PointersAt + (i * 8)), pointer);
            }
        }

        // Text in front of the tables that looks like the digits' tokens and is none.
        "0\01\02\03\04\05\06\07\08\09\0:\0"u8.CopyTo(image.AsSpan(0x6000));
        WriteTables(image, TablesAt, order, form, isBaseWritten ? text : 0, text, symbols);
        return image;
    }

    /// <summary>Writes the tables into an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="at">Where.</param>
    /// <param name="order">Their order.</param>
    /// <param name="form">What the addresses are.</param>
    /// <param name="written">Where the image lies, as the tables say it; 0 where they do not.</param>
    /// <param name="text">Where it is linked.</param>
    /// <param name="symbols">The symbols, ascending, each with the letter of its type in front. What is relative is so to the first of them.</param>
    public static void WriteTables(byte[] image, int at, KallsymsOrder order, KallsymsForm form, ulong written, ulong text, (string Name, ulong Place)[] symbols) =>
        new Tables(image, at, order == KallsymsOrder.Packed ? 4 : 8, symbols).Write(order, form, written, text);

    private static (string Name, ulong Place)[] MakeSymbols()
    {
        List<(string Name, ulong Place)> symbols = [];
        for (int part = 0; part < _parts.Length; part++)
        {
            symbols.Add((_parts[part], (ulong)part << 16));
            for (int i = 1; i <= 40 && part + 1 < _parts.Length; i++)
            {
                // Irregular, so that the symbols fit nowhere else; one name is longer than one byte says.
                string filler = part == 3 && i == 7 ? string.Concat(Enumerable.Range(0, 110).Select(n => (char)('A' + (n * n * 7 % 26))).SelectMany(one => new[] { one, (char)(one + 32) }))
                    : $"sys_{part * i}_fault_{i}";
                symbols.Add(("t" + filler, ((ulong)part << 16) + (ulong)(i * 1036) + (ulong)((i * part * 37 % 61) * 8)));
            }
        }

        return [.. symbols];
    }

    private sealed class Tables(byte[] image, int start, int alignment, (string Name, ulong Place)[] symbols)
    {
        private int _at = start;

        public void Write(KallsymsOrder order, KallsymsForm form, ulong written, ulong text)
        {
            (byte[][] names, byte[][] tokens) = Compress([.. symbols.Select(symbol => Encoding.Latin1.GetBytes(symbol.Name))]);
            bool isLast = order is KallsymsOrder.AddressesLast or KallsymsOrder.Packed;
            if (!isLast)
            {
                Addresses(form, written, text);
            }

            Align();
            Word((uint)names.Length);
            Align();
            int first = _at;
            List<int> markers = [];
            for (int i = 0; i < names.Length; i++)
            {
                if (i % 256 == 0)
                {
                    markers.Add(_at - first);
                }

                Byte(names[i].Length < 0x80 ? (byte)names[i].Length : (byte)(names[i].Length | 0x80));
                if (names[i].Length >= 0x80)
                {
                    Byte((byte)(names[i].Length >> 7));
                }

                Bytes(names[i]);
            }

            Align();
            markers.ForEach(marker => Word((uint)marker));
            Align();
            if (order == KallsymsOrder.WithNameOrder)
            {
                _at += names.Length * 3;
                image[_at - 1] = 1;
                Align();
            }

            int table = _at;
            List<int> index = [];
            foreach (byte[] token in tokens)
            {
                index.Add(_at - table);
                Bytes(token);
                Byte(0);
            }

            Align();
            foreach (int place in index)
            {
                Byte((byte)place);
                Byte((byte)(place >> 8));
            }

            if (isLast)
            {
                Addresses(form, written, text);
            }
        }

        private void Addresses(KallsymsForm form, ulong written, ulong text)
        {
            Align();
            foreach ((_, ulong place) in symbols)
            {
                switch (form)
                {
                    case KallsymsForm.Absolute:
                        Long(text + place);
                        break;
                    case KallsymsForm.Base:
                        Word((uint)place);
                        break;
                    case KallsymsForm.PerCpu:
                        Word(~(uint)place);
                        break;
                    default:
                        Word((uint)((int)place - _at));
                        break;
                }
            }

            if (form is KallsymsForm.Base or KallsymsForm.PerCpu)
            {
                Align();
                Long(written);
            }
        }

        private void Align() => _at = (_at + alignment - 1) & ~(alignment - 1);

        private void Byte(byte value) => image[_at++] = value;

        private void Bytes(byte[] bytes)
        {
            bytes.CopyTo(image.AsSpan(_at));
            _at += bytes.Length;
        }

        private void Word(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(_at), value);
            _at += 4;
        }

        private void Long(ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(_at), value);
            _at += 8;
        }

        private static (byte[][] Names, byte[][] Tokens) Compress(byte[][] names)
        {
            byte[][] tokens = new byte[256][];
            foreach (byte one in names.SelectMany(name => name).Concat("0123456789"u8.ToArray()))
            {
                tokens[one] = [one];
            }

            for (int token = 0; token < tokens.Length; token++)
            {
                if (tokens[token] is not null)
                {
                    continue;
                }

                Dictionary<(byte, byte), int> pairs = [];
                foreach (byte[] name in names)
                {
                    for (int i = 1; i < name.Length; i++)
                    {
                        pairs[(name[i - 1], name[i])] = pairs.GetValueOrDefault((name[i - 1], name[i])) + 1;
                    }
                }

                ((byte one, byte other), int count) = pairs.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).FirstOrDefault();
                if (count < 2)
                {
                    tokens[token] = [];
                    continue;
                }

                tokens[token] = [.. tokens[one], .. tokens[other]];
                names = [.. names.Select(name => Replace(name, one, other, (byte)token))];
            }

            return (names, tokens);
        }

        private static byte[] Replace(byte[] name, byte one, byte other, byte token)
        {
            List<byte> replaced = [];
            for (int i = 0; i < name.Length; i++)
            {
                bool isPair = i + 1 < name.Length && name[i] == one && name[i + 1] == other;
                replaced.Add(isPair ? token : name[i]);
                i += isPair ? 1 : 0;
            }

            return [.. replaced];
        }
    }
}
