using Ptewright.Captures;
using Ptewright.Kernels.Planning;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Tests.Kernels;
using Ptewright.Translation;

namespace Ptewright.Tests.Images;

/// <summary>Saved tables come back as they were, and damaged ones do not come back.</summary>
public sealed class TableFolderTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("6.1-cloud", "cortex-a72", null, 48)]
    [InlineData("6.12-cloud", "cortex-a72", null, 52)]
    [InlineData("6.12-cloud", "max", null, 52)]
    [InlineData("6.12-16k", "cortex-a76", null, 52)]
    [InlineData("6.12-cloud", "cortex-a72", GranuleSize.Size64K, 52)]
    [InlineData("6.12-cloud", "max", GranuleSize.Size64K, 42)]
    public void What_is_saved_is_what_is_loaded(string kernel, string cpu, GranuleSize? granule, int bits)
    {
        KernelMachine machine = SampleKernels.Machine(kernel, cpu, MemoryLayout.OfRange(new(1UL << 30), 256UL << 20), "nokaslr");
        machine = granule is { } size ? machine with { Config = machine.Config.WithShape(size, bits), Image = null } : machine;
        KernelPlan plan = SampleKernels.Profile(kernel).Plan(machine, KernelScope.PagingInit);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        TableFolder.Save(_folder, machine, plan, simulation);

        using TableFolder loaded = TableFolder.Load(_folder);

        Assert.Equal(plan.Profile.Name, loaded.Kernel);
        Assert.Equal(plan.Geometry.ActualVirtualAddressBits, loaded.Geometry.ActualVirtualAddressBits);
        Assert.Equal(plan.Plan.Settings.Format, loaded.Format);
        Assert.Equal(simulation.Root, loaded.Root);
        Assert.Equal(simulation.Digest(), loaded.Digest);
        Assert.Equal(KernelRegisters.Of(machine, plan, simulation.Root), loaded.Registers);
        Assert.Equal(plan.Plan.MemoryStart, loaded.MemoryStart);
        Assert.Equal(kernel == "6.1-cloud", loaded.IdentityRoot is not null);
        Assert.Equal(simulation.Leaves(), loaded.Leaves());
        Assert.Equal(plan.Plan.Steps, loaded.Steps);
        foreach (TableRun run in loaded.Runs)
        {
            for (int i = 0; i < run.Pages; i++)
            {
                ulong page = plan.Geometry.PageSize;
                Assert.True(loaded.Page(run.Address + ((ulong)i * page)).SequenceEqual(simulation.Memory.Read(run.Address + ((ulong)i * page), (int)page)));
            }
        }
    }

    [Theory]
    [InlineData("tables.json", "\"version\": 1", "\"version\": 2", "has version 2 of the format")]
    [InlineData("tables.json", "\"granule\": \"4K\"", "\"granule\": \"5K\"", "granule '5K'")]
    [InlineData("tables.json", "\"actualVaBits\": 48", "\"actualVaBits\": 47", "there are no 52-bit virtual addresses")]
    [InlineData("tables.json", "\"48-bit\"", "\"LPA\"", "address format 'LPA'")]
    [InlineData("tables.json", "\"offset\": 0", "\"offset\": 8", "run 1 of ")]
    [InlineData("tables.json", "\"root\": \"0x", "\"root\": \"0x7", "there is no table page at 0x7")]
    [InlineData("tables.json", "\"root\": \"0x", "\"root\": \"x", "root is 'x")]
    [InlineData("tables.json", "\"digest\": \"", "\"digest\": \"0", "digest '0")]
    [InlineData("tables.json", "\"sha256\": \"", "\"sha256\": \"0", "SHA-256")]
    [InlineData("tables.json", "\"registers\"", "\"others\"", "is not the JSON of a table folder")]
    [InlineData("tables.json", "{", "[", "line 1: it is not the JSON of a table folder")]
    [InlineData("tables.json", "\"runs\": [", "\"runs\": [ null,", "run 1 is null")]
    [InlineData("plan.json", "\"steps\": [", "\"steps\": [ null,", "step 1 is null")]
    [InlineData("plan.json", "\"kind\": \"map\"", "\"kind\": \"nap\"", "the kind of step 1 is 'nap'")]
    [InlineData("plan.json", "\"noBlock\"", "\"knoBlock\"", "a flag of step 1 is 'knoBlock'")]
    [InlineData("plan.json", "\"kernel\": \"linux-6.12\"", "\"kernel\": \"linux-6.1\"", "it is the plan of 'linux-6.1'")]
    public void Damage_gets_one_sentence(string file, string old, string changed, string reason)
    {
        Save();
        string path = Path.Combine(_folder, file);
        string text = File.ReadAllText(path);
        int at = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0);
        File.WriteAllText(path, string.Concat(text.AsSpan(0, at), changed, text.AsSpan(at + old.Length)));

        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => TableFolder.Load(_folder));

        Assert.StartsWith(Path.Combine(_folder, file is "tables.json" && reason == "SHA-256" ? "tables.bin" : file), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_byte_shows()
    {
        Save();
        string path = Path.Combine(_folder, TableFolder.PagesFile);
        byte[] pages = File.ReadAllBytes(path);
        pages[5000] ^= 1;
        File.WriteAllBytes(path, pages);

        Assert.Contains("SHA-256", Assert.Throws<InvalidInputException>(() => TableFolder.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-4096)]
    [InlineData(-1)]
    [InlineData(1)]
    public void Pages_that_are_missing_or_too_many_show(int more)
    {
        Save();
        string path = Path.Combine(_folder, TableFolder.PagesFile);
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(file.Length + more);
        }

        _ = Assert.Throws<InvalidInputException>(() => TableFolder.Load(_folder));
    }

    [Theory]
    [InlineData(TableFolder.TablesFile)]
    [InlineData(TableFolder.PlanFile)]
    public void Whatever_is_in_the_text_it_is_loaded_or_refused(string file) => Fuzz(file, 1500);

    [Theory]
    [InlineData(TableFolder.TablesFile)]
    [InlineData(TableFolder.PlanFile)]
    [Trait("Category", "Slow")]
    public void Whatever_is_in_the_text_it_is_loaded_or_refused_100_000_times(string file) => Fuzz(file, 50_000);

    [Fact]
    public void A_missing_file_is_an_error_of_the_file_system()
    {
        Save();
        File.Delete(Path.Combine(_folder, TableFolder.PlanFile));

        _ = Assert.Throws<FileNotFoundException>(() => TableFolder.Load(_folder));
    }

    private void Fuzz(string file, int rounds)
    {
        Save();
        string path = Path.Combine(_folder, file);
        byte[] whole = File.ReadAllBytes(path);
        Random random = new(612);
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] changed = [.. whole];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                changed[random.Next(changed.Length)] = (byte)"0123456789abcdefx-\"{}[],: null"[random.Next(30)];
            }

            File.WriteAllBytes(path, random.Next(8) == 0 ? changed[..random.Next(changed.Length)] : changed);
            try
            {
                TableFolder.Load(_folder).Dispose();
            }
            catch (InvalidInputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, rounds / 4, rounds);
    }

    private void Save()
    {
        KernelMachine machine = SampleKernels.Machine("6.12-cloud", "cortex-a72", MemoryLayout.OfRange(new(1UL << 30), 64UL << 20), "nokaslr");
        KernelPlan plan = SampleKernels.Profile("6.12-cloud").Plan(machine, KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        TableFolder.Save(_folder, machine, plan, simulation);
    }
}
