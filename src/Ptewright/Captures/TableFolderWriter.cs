using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Captures;

/// <summary>Writes the three files of a table folder.</summary>
internal static class TableFolderWriter
{
    public static void Write(string folder, KernelMachine machine, KernelPlan plan, LinearMapSimulation simulation)
    {
        if (!simulation.Root.IsAligned(plan.Geometry.PageSize))
        {
            throw new InvalidInputException($"Tables with a root at {simulation.Root}, which is not aligned to the page, are not saved.");
        }

        OutputFolder.Write(folder, path => WriteFiles(path, machine, plan, simulation));
    }

    private static void WriteFiles(string folder, KernelMachine machine, KernelPlan plan, LinearMapSimulation simulation)
    {
        TableTree<HostMemory> tree = simulation.Tree();
        HashSet<ulong> found = [];
        _ = TablePages.Collect(ref tree, simulation.Root, found);
        PhysicalAddress? identity = plan.Plan.Steps.Any(step => step.Root == PlanRoot.Identity) ? plan.Plan.IdentityRoot : null;
        if (identity is { } made)
        {
            _ = TablePages.Collect(ref tree, made, found);
        }

        ulong[] pages = [.. found.Order()];
        string hash = WritePages(Path.Combine(folder, TableFolder.PagesFile), pages, simulation, (int)plan.Geometry.PageSize);
        TableGeometry geometry = plan.Geometry;
        KernelRegisters registers = KernelRegisters.Of(machine, plan, simulation.Root);
        TablesJson tables = new(
            TableFolder.Version,
            plan.Profile.Name,
            $"{geometry.PageSize >> 10}K",
            geometry.VirtualAddressBits,
            geometry.ActualVirtualAddressBits,
            TableFolder.NameOf(plan.Plan.Settings.Format),
            Hex(geometry.PageOffset.Value),
            Hex(plan.Plan.MemoryStart.Value),
            Hex(simulation.Root.Value),
            new RegistersJson(Hex(registers.Ttbr0), Hex(registers.Ttbr1), Hex(registers.Tcr), Hex(registers.Mair)),
            simulation.Digest().ToString(),
            hash,
            RunsOf(pages, geometry.PageSize),
            identity is { } root ? Hex(root.Value) : null);
        File.WriteAllText(Path.Combine(folder, TableFolder.TablesFile), JsonSerializer.Serialize(tables, TableFolderJson.Plain.TablesJson) + "\n");
        PlanJson steps = new(TableFolder.Version, plan.Profile.Name, [.. plan.Plan.Steps.Select(ToJson)]);
        File.WriteAllText(Path.Combine(folder, TableFolder.PlanFile), JsonSerializer.Serialize(steps, TableFolderJson.Plain.PlanJson) + "\n");
    }

    private static string WritePages(string path, ulong[] pages, LinearMapSimulation simulation, int pageSize)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20);
        foreach (ulong page in pages)
        {
            ReadOnlySpan<byte> bytes = simulation.Memory.Read(new PhysicalAddress(page), pageSize);
            hash.AppendData(bytes);
            file.Write(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static List<RunJson> RunsOf(ulong[] pages, ulong pageSize)
    {
        List<RunJson> runs = [];
        for (int first = 0, next; first < pages.Length; first = next)
        {
            next = first + 1;
            while (next < pages.Length && pages[next] == pages[next - 1] + pageSize)
            {
                next++;
            }

            runs.Add(new RunJson(Hex(pages[first]), (ulong)first * pageSize, next - first));
        }

        return runs;
    }

    private static StepJson ToJson(PlanStep step) => step.Kind != PlanStepKind.Map
        ? new StepJson(TableFolder.NameOf(step.Kind), step.Phase)
        : new StepJson(
            TableFolder.NameOf(step.Kind),
            step.Phase,
            Hex(step.Request.Physical.Value),
            Hex(step.Request.Virtual.Value),
            Hex(step.Request.Size),
            Hex(step.Request.Protection.PageBits),
            [.. TableFolder.Flags.Where(flag => step.Request.Flags.HasFlag(flag)).Select(TableFolder.NameOf)],
            TableFolder.NameOf(step.Root));

    private static string Hex(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
}
