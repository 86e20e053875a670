using Ptewright.Firmware;
using Ptewright.Kernels;

namespace Ptewright.Tests.Firmware;

public sealed class TempSurvey
{
    [Fact]
    public void Run()
    {
        string root = Environment.GetEnvironmentVariable("BLOBS") ?? "";
        Assert.SkipWhen(root.Length == 0, "no");
        using StreamWriter output = new("/tmp/h/dynamic/survey.txt");
        foreach (string path in Directory.EnumerateFiles(root, "*.dtb", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(path);
            DeviceTreeInfo info;
            try
            {
                info = DeviceTreeFile.Read(path);
            }
            catch (InvalidInputException e)
            {
                string kind = "refused";
                try
                {
                    DeviceTreeInfo hand = DeviceTreeFile.Read(path, memory: "4G");
                    kind += $" byhand base {hand.Memory.Start} placed {string.Join(';', hand.PlacedRegions.Select(r => $"{r.Region.Name}:{r.Fate}:{r.Start}"))} [{string.Join('|', hand.Remarks)}]";
                }
                catch (InvalidInputException again)
                {
                    kind += " AGAIN " + again.Message;
                }

                output.WriteLine($"{name} {kind} {e.Message[path.Length..]}");
                continue;
            }

            List<string> parts = [];
            foreach (KernelProfile profile in KernelProfiles.All)
            {
                KernelConfig config = profile.ReadDefaultConfig();
                try
                {
                    KernelPlan plan = profile.Plan(new KernelMachine(info.Memory, CpuModel.Find("cortex-a72"), config, KernelCommandLine.Parse("nokaslr"), Reservations: info.Reservations), KernelScope.MapMem);
                    parts.Add($"{profile.Name}:{string.Join(';', plan.PlacedRegions.Select(r => $"{r.Region.Name}:{r.Fate}:{r.Start}"))}{(plan.Remarks.Count > 2 ? " [" + string.Join('|', plan.Remarks) + "]" : "")}");
                }
                catch (InvalidInputException e)
                {
                    parts.Add($"{profile.Name}:FAIL {e.Message}");
                }
            }

            output.WriteLine($"{name} usable {info.PlacedRegions.Count} {info.Memory.TotalBytes >> 20}M {string.Join(" / ", parts)} [{string.Join('|', info.ReadingRemarks)}]");
        }
    }
}
