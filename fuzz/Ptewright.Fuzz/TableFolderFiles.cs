using System.Buffers.Binary;
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

/// <summary>Table folders as one input: the lengths of the two descriptions (four bytes each), both, then the pages.</summary>
internal static class TableFolderFiles
{
    private static readonly string[] _tokens =
    [
        "null", "{}", "[]", "\"runs\":", "\"pages\": 1", "\"offset\": 4096", "\"address\": \"0x1000\"", "-1", "1e9", "2147483647", ",", "\"0x0\"", "\"64K\"", "\"16K\"", "52", "48", "\"map\"",
    ];

    private static readonly Lazy<(string Tables, string Plan, byte[] Pages)> _sample = new(MakeSample);

    /// <summary>Makes a folder with one of its files damaged, mostly.</summary>
    public static byte[] Make(Random random)
    {
        (string tables, string plan, byte[] pages) = _sample.Value;
        switch (random.Next(8))
        {
            case < 3:
                tables = new TextMutator([tables], _tokens).Damage(random);
                break;
            case < 5:
                plan = new TextMutator([plan], _tokens).Damage(random);
                break;
            case < 7:
                // With the right hash, so that the entries are read.
                string hash = Convert.ToHexStringLower(SHA256.HashData(pages));
                pages = DamageEntries(pages, random);
                tables = tables.Replace(hash, Convert.ToHexStringLower(SHA256.HashData(pages)), StringComparison.Ordinal);
                break;
            default:
                pages = ByteMutator.Damage(pages, random);
                break;
        }

        byte[] first = Encoding.UTF8.GetBytes(tables);
        byte[] second = Encoding.UTF8.GetBytes(plan);
        byte[] input = [.. BitConverter.GetBytes(first.Length), .. BitConverter.GetBytes(second.Length), .. first, .. second, .. pages];
        return input;
    }

    /// <summary>Reads a folder as any command does.</summary>
    public static void Check(ReadOnlySpan<byte> input)
    {
        int first = input.Length < 8 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(input);
        int second = input.Length < 8 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(input[4..]);
        if (first < 0 || second < 0 || (long)first + second > input.Length - 8)
        {
            throw new InvalidInputException("The input has no descriptions.");
        }

        _ = Scratch.Write(Path.Combine("folder", TableFolder.TablesFile), input.Slice(8, first));
        _ = Scratch.Write(Path.Combine("folder", TableFolder.PlanFile), input.Slice(8 + first, second));
        _ = Scratch.Write(Path.Combine("folder", TableFolder.PagesFile), input[(8 + first + second)..]);
        using FolderImage image = new(Scratch.Path("folder"));
        CoreFile.Edges(image);
        foreach (Leaf leaf in image.Folder.Leaves())
        {
            FuzzTarget.Require(leaf.Size != 0 && leaf.Level is >= 0 and <= 3, "a leaf makes no sense");
        }

        TableReaders.Check(image, image.Registers, TableReaders.OptionsFor(input));
    }

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

    private static (string Tables, string Plan, byte[] Pages) MakeSample()
    {
        string folder = Scratch.Path("sample");
        KernelProfile profile = KernelProfiles.Find("linux-6.12");
        KernelMachine machine = new(MemorySpec.Parse("8M@0x40000000"), CpuModel.Parse("cortex-a72"), profile.ReadDefaultConfig(), KernelCommandLine.Parse("nokaslr"));
        KernelPlan plan = profile.Plan(machine, KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        TableFolder.Save(folder, machine, plan, simulation);
        return (
            File.ReadAllText(Path.Combine(folder, TableFolder.TablesFile)),
            File.ReadAllText(Path.Combine(folder, TableFolder.PlanFile)),
            File.ReadAllBytes(Path.Combine(folder, TableFolder.PagesFile)));
    }
}
