using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Ptewright.Captures;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Simulation;
using Ptewright.Walking;

namespace Ptewright.Fuzz;

/// <summary>Table folders of both versions as one input: for each file its place in <see cref="_names"/> (one byte), its length (four bytes), its bytes.</summary>
internal static class FolderFiles
{
    private const int Page = 4096;
    private const int HeaderLength = 5;
    private static readonly string[] _names = [TableFolder.TablesFile, TableFolder.PagesFile, TableFolder.PlanFile, FolderDescription.CaptureV1File, FolderDescription.BuiltPagesV1File];

    private static readonly string[] _tokens =
    [
        "null", "{}", "[]", "\"runs\":", "\"size\": 4096", "\"pages\": 1", "\"offset\": 4096", "\"address\": \"0x1000\"", "\"registers\": null", "\"kernel\": null", "-1", "1e9", "2147483647",
        "68719476736", ",", "\"0x0\"", "\"64K\"", "\"16K\"", "52", "48", "\"map\"", "\"version\": 1", "\"version\": 2",
    ];

    private static readonly Lazy<Dictionary<string, byte[]>> _built = new(MakeSample);
    private static readonly Lazy<Dictionary<string, byte[]>> _builtV1 = new(() => Files(Path.Combine(Samples.Folder, "folders", "linux-6.12")));

    /// <summary>Makes a folder of hostile tables without a plan, as captures are, and mostly damages it.</summary>
    public static byte[] MakeCaptured(Random random)
    {
        byte[] tables = TableMutator.MakeWhole(random);
        byte[] memory = new byte[(tables.Length - TableImage.HeaderLength + Page - 1) / Page * Page];
        tables.AsSpan(TableImage.HeaderLength).CopyTo(memory);
        ulong address = Number(tables, 4) & ~(ulong)(Page - 1);
        bool isOld = random.Next(3) == 0;
        string description = string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {"version": {{(isOld ? 1 : TableFolder.Version)}}, "source": "fuzz",
             "registers": {"ttbr0": "0x{{Number(tables, 1):x}}", "ttbr1": "0x{{Number(tables, 2):x}}", "tcr": "0x{{Number(tables, 0):x}}", "mair": "0x{{Number(tables, 3):x}}"},
             "sha256": "{{Convert.ToHexStringLower(SHA256.HashData(memory))}}",
             "runs": [{"address": "0x{{address:x}}", "size": {{memory.Length}}}]}
            """);
        byte[] packed = Pack(memory);
        switch (random.Next(4))
        {
            case 0:
                description = new TextMutator([description], _tokens).Damage(random);
                break;
            case 1:
                packed = ByteMutator.Damage(packed, random);
                break;
            default:
                break;
        }

        return Join(new()
        {
            [isOld ? FolderDescription.CaptureV1File : TableFolder.TablesFile] = Encoding.UTF8.GetBytes(description),
            [TableFolder.PagesFile] = packed,
        });
    }

    /// <summary>Makes a folder of built tables with one of its files damaged, mostly.</summary>
    public static byte[] MakeBuilt(Random random)
    {
        bool isOld = random.Next(3) == 0;
        Dictionary<string, byte[]> files = new(isOld ? _builtV1.Value : _built.Value);
        string pagesFile = isOld ? FolderDescription.BuiltPagesV1File : TableFolder.PagesFile;
        switch (random.Next(8))
        {
            case < 3:
                DamageText(files, TableFolder.TablesFile, random);
                break;
            case < 5:
                DamageText(files, TableFolder.PlanFile, random);
                break;
            case < 7:
                // With the right hash, so that the entries are read.
                byte[] pages = isOld ? files[pagesFile] : Unpack(files[pagesFile]);
                byte[] damaged = DamageEntries(pages, random);
                files[pagesFile] = isOld ? damaged : Pack(damaged);
                files[TableFolder.TablesFile] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(files[TableFolder.TablesFile])
                    .Replace(Convert.ToHexStringLower(SHA256.HashData(pages)), Convert.ToHexStringLower(SHA256.HashData(damaged)), StringComparison.Ordinal));
                break;
            default:
                files[pagesFile] = ByteMutator.Damage(files[pagesFile], random);
                break;
        }

        return Join(files);
    }

    /// <summary>Reads a folder as any command does.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        string place = Scratch.Path("folder");
        foreach (string name in _names)
        {
            File.Delete(Path.Combine(Directory.CreateDirectory(place).FullName, name));
        }

        for (ReadOnlySpan<byte> rest = input; !rest.IsEmpty;)
        {
            int length = rest.Length < HeaderLength ? -1 : BinaryPrimitives.ReadInt32LittleEndian(rest[1..]);
            if (length < 0 || length > rest.Length - HeaderLength)
            {
                throw new InvalidInputException("The input is cut.");
            }

            _ = Scratch.Write(Path.Combine("folder", _names[rest[0] % _names.Length]), rest.Slice(HeaderLength, length));
            rest = rest[(HeaderLength + length)..];
        }

        using TableFolder folder = Open(place);
        CoreFile.Edges(folder);
        if (folder.Kernel is { } kernel)
        {
            foreach (Leaf leaf in BuiltTables.Leaves(folder, kernel.Roots().First()))
            {
                FuzzTarget.Require(leaf.Size != 0 && leaf.Level is >= 0 and <= 3, "a leaf makes no sense");
            }
        }

        TableReaders.Check(folder, folder.Registers, TableReaders.OptionsFor(input));
    }

    // A file that is missing is the file system's to say: no finding.
    private static TableFolder Open(string place)
    {
        try
        {
            return new TableFolder(place);
        }
        catch (FileNotFoundException missing)
        {
            throw new InvalidInputException(missing.Message);
        }
    }

    private static byte[] Join(Dictionary<string, byte[]> files)
    {
        using MemoryStream input = new();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach ((string name, byte[] bytes) in files)
        {
            input.WriteByte((byte)Array.IndexOf(_names, name));
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            input.Write(length);
            input.Write(bytes);
        }

        return input.ToArray();
    }

    private static void DamageText(Dictionary<string, byte[]> files, string name, Random random) =>
        files[name] = Encoding.UTF8.GetBytes(new TextMutator([Encoding.UTF8.GetString(files[name])], _tokens).Damage(random));

    private static byte[] DamageEntries(byte[] pages, Random random)
    {
        byte[] damaged = (byte[])pages.Clone();
        for (int rounds = random.Next(1, 5); rounds > 0; rounds--)
        {
            Span<byte> entry = damaged.AsSpan(random.Next(damaged.Length / 8) * 8, 8);
            ulong raw = BinaryPrimitives.ReadUInt64LittleEndian(entry);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, random.Next(3) switch
            {
                0 => raw ^ (1UL << random.Next(64)),
                1 => (ulong)random.NextInt64(),
                _ => BinaryPrimitives.ReadUInt64LittleEndian(damaged.AsSpan(random.Next(damaged.Length / 8) * 8)),
            });
        }

        return damaged;
    }

    private static Dictionary<string, byte[]> MakeSample()
    {
        string folder = Scratch.Path("sample");
        KernelProfile profile = KernelProfiles.Find("linux-6.12");
        KernelMachine machine = new(MemorySpec.Parse("8M@0x40000000"), CpuModel.Parse("cortex-a72"), profile.ReadDefaultConfig(), KernelCommandLine.Parse("nokaslr"));
        KernelPlan plan = profile.Plan(machine, KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        _ = TableFolder.Save(folder, machine, plan, simulation);
        return Files(folder);
    }

    private static Dictionary<string, byte[]> Files(string folder) =>
        _names.Where(name => File.Exists(Path.Combine(folder, name))).ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(folder, name)));

    private static ulong Number(byte[] tables, int index) => BinaryPrimitives.ReadUInt64LittleEndian(tables.AsSpan(index * 8));

    private static byte[] Pack(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    private static byte[] Unpack(byte[] bytes)
    {
        using MemoryStream unpacked = new();
        using GZipStream stream = new(new MemoryStream(bytes), CompressionMode.Decompress);
        stream.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
